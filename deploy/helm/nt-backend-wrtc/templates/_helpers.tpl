{{- define "signaling.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 57 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 57 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "signaling.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "signaling.labels" -}}
{{ include "signaling.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{/* What keeps codes and mailboxes: memory, file, engine, or unknown, where a Secret says it. */}}
{{- define "signaling.store" -}}
{{- $store := .Values.settings.STORE | default "memory" | toString -}}
{{- if hasKey .Values.secretSettings "STORE" -}}unknown
{{- else if regexMatch "^(valkeys?|rediss?)(\\+[a-z]+)?://" $store -}}engine
{{- else if hasPrefix "sqlite:" $store -}}file
{{- else -}}memory
{{- end -}}
{{- end -}}

{{/* The file of settings. Quotes, or what stands behind a # would be a comment. Whole numbers come as floating-point ones, which would be
written with an exponent. */}}
{{- define "signaling.settings" -}}
{{- range $name, $value := .Values.settings }}
{{- $text := kindIs "float64" $value | ternary (printf "%.0f" $value) ($value | toString) }}
{{- if and (contains "'" $text) (contains "\"" $text) }}
{{- fail (printf "settings.%s has quotes of both kinds, which the server's file cannot hold: use secretSettings" $name) }}
{{- end }}
{{ $name }}={{ if contains "'" $text }}"{{ $text }}"{{ else }}'{{ $text }}'{{ end }}
{{- end }}
SHUTDOWN_GRACE={{ .Values.shutdown.graceSeconds }}s
STUN_PORT={{ if .Values.stun.enabled }}{{ .Values.stun.port }}{{ else }}0{{ end }}
METRICS_ADDRESS={{ if contains ":" (.Values.settings.HOST | default "" | toString) }}[::]{{ else }}0.0.0.0{{ end }}:9090
{{- end -}}

{{/* What cannot work is refused here, and not by pods that do not start, or that lose codes. */}}
{{- define "signaling.checks" -}}
{{- $instead := dict
    "PORT" "service.port is what clients use"
    "METRICS_ADDRESS" "it is port 9090 of each pod"
    "STUN_PORT" "set stun.enabled and stun.port"
    "SHUTDOWN_GRACE" "set shutdown.graceSeconds"
    "SHUTDOWN_DELAY" "set shutdown.delaySeconds"
    "NODE_ADDRESS" "it follows from each pod's address"
    "HANDOVER" "a Deployment puts new pods in place of old ones" -}}
{{- range $name, $advice := $instead -}}
{{- if or (hasKey $.Values.settings $name) (hasKey $.Values.secretSettings $name) -}}
{{- fail (printf "settings.%s is set by the chart: %s" $name $advice) -}}
{{- end -}}
{{- end -}}
{{- $store := include "signaling.store" . -}}
{{- if and (gt (int .Values.replicas) 1) (or (eq $store "memory") (eq $store "file")) -}}
{{- fail "replicas is more than 1, and they share nothing: set settings.STORE (or STORE in secretSettings) to a Valkey or Redis, as in valkey://valkey:6379/0?prefix=nt" -}}
{{- end -}}
{{- if and (eq $store "file") (not .Values.volumeClaim) -}}
{{- fail "settings.STORE is a file, and the pod has no volume for it: set volumeClaim" -}}
{{- end -}}
{{- if and (or .Values.ingress.enabled (gt (int .Values.replicas) 1)) (not (hasKey .Values.settings "TRUSTED_PROXIES")) -}}
{{- fail "settings.TRUSTED_PROXIES is missing: name the networks of the pods and of the ingress controller, as in 10.0.0.0/8; without them all clients count as one" -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.host) -}}
{{- fail "ingress.host is missing: the name that clients use" -}}
{{- end -}}
{{- end -}}
