# shellcheck shell=bash
# How scripts/test and scripts/nightly run their steps: one after the other, each with its output on the terminal and in a log of its own,
# and at the end a table of what came of each. They read this file; it does nothing by itself.
#
# A script has a function step_NAME for each step, which ends at the first command that fails, and a table STEPS with a line for each:
#
#   name   steps that it builds on, with commas, or -   "counted" if it has tests that can be counted, or -   what it does
#
# A log is in .build-logs/SCRIPT/NAME.log until the step runs again.

program=$(basename "$0")
logs=.build-logs/$program
# Without this a crash under the test runner waits for a debugger that never comes.
export SWIFT_BACKTRACE=enable=no
# The compiler is told to refuse an import that Package.swift does not declare: that is the check on import directions.
build_flags=(--explicit-target-dependency-import-check error)

# Suites that compute for a long time, on one thread each, and wait for nothing.
# shellcheck disable=SC2034  # the scripts use it
computing='ScriptsAgainstModelTests|NodeSimulationTests|NodeRuntimeTests|PassScheduleTests'
# Those with real sockets, files and threads: they wait for each other, and for seconds that pass.
# shellcheck disable=SC2034  # the scripts use it
sockets='EndToEndTests|TransportTests|RESPClientTests|STUNServerTests|PassThroughTests|ByteStreamsTests|SQLiteStoreTests|ServerLoggingTests'
# The Swift client: with servers that are killed while it runs, and peers that compute.
# shellcheck disable=SC2034  # the scripts use it
swift_client='SignalingClientTests|SignalingClientNIOTests'

# As it is shipped. All release products are built so, and share nearly all of it.
build_release() { # product, further flags
    swift build -c release --product "$1" --static-swift-stdlib --scratch-path .build-release "${build_flags[@]}" "${@:2}"
}
build_benchmarks() { swift build -c release --package-path Benchmarks "${build_flags[@]}"; }

# Whoever runs a single step is told which one it builds on.
need() { # file, step of scripts/test
    [ -e "$1" ] || { echo "$program: $1 is not there; run: scripts/test $2" >&2; exit 2; }
}
need_python() { need .venv/bin/python setup; }
need_server() {
    need .build/debug/nt-backend-wrtc build
    export NT_SERVER_BINARY=$PWD/.build/debug/nt-backend-wrtc
}

step_names() { awk 'NF { print $1 }' <<<"$STEPS"; }
step_field() { awk -v name="$1" -v field="$2" '$1 == name { print $field }' <<<"$STEPS"; }
step_title() { sed -nE "s/^$1 +[^ ]+ +[^ ]+ +//p" <<<"$STEPS"; }

list_steps() {
    local name
    for name in $(step_names); do printf '  %-12s %s\n' "$name" "$(step_title "$name")"; done
}

# How many tests the output of a step tells of: "passed failed skipped". scripts/check-steps holds it to examples.
count_tests() { # file
    awk '
        { gsub(/\033\[[0-9;]*[A-Za-z]/, ""); sub(/\r$/, "") }
        # Swift Testing. Its number of tests includes those that were skipped. The symbols in front differ between systems.
        $2 == "Test" && $3 == "run" && $4 == "with" && $6 ~ /^tests?$/ { passed += $5; next }
        $2 == "Test" && !/ Test case passing / && / failed after [0-9.]+ seconds with [0-9]+ issues?/ { failed++; passed-- }
        $2 == "Test" && (/ skipped\.$/ || / skipped: ".*"$/) { skipped++; passed-- }
        # pytest.
        /^(=+ )?[0-9]+ [a-z]+(, [0-9]+ [a-z]+)* in [0-9.]+s( \([0-9:]+\))?( =+)?$/ {
            for (i = 1; i < NF; i++) {
                if ($(i + 1) ~ /^(passed|xpassed),?$/) passed += $i
                else if ($(i + 1) ~ /^(failed|errors?),?$/) failed += $i
                else if ($(i + 1) ~ /^(skipped|xfailed),?$/) skipped += $i
            }
        }
        # Node, with its reporter for terminals or with TAP.
        NF == 3 && $1 !~ /^[A-Za-z0-9]/ && $3 ~ /^[0-9]+$/ {
            if ($2 == "pass") passed += $3
            else if ($2 == "fail" || $2 == "cancelled") failed += $3
            else if ($2 == "skipped" || $2 == "todo") skipped += $3
        }
        # The tools of this repository: seeds of the simulation, kept inputs of the fuzzers, accounts of the soak, and who says it plainly.
        /^[0-9]+ of [0-9]+ seeds, / && !/ s to go$/ { passed += $1 }
        /^FAILED: seed / { failed++ }
        /^[a-z]+: [0-9]+ inputs, [0-9]+ bytes, [0-9.]+ s$/ { passed += $2 }
        /^[0-9]+ inputs break a property$/ { failed += $1; passed -= $1 }
        /^\| Accounts compared \| [0-9]+, [0-9]+ of them exact; [0-9]+ do not hold/ { passed += $5 - $10; failed += $10 }
        /^[a-z-]+: [0-9]+ passed, [0-9]+ failed$/ { passed += $2; failed += $4 }
        END { printf "%d %d %d\n", passed, failed, skipped }
    ' "$1"
}

# How many further tries tests of pytest's had that failed at first.
further_tries() { # file
    sed -E 's/\x1b\[[0-9;]*[A-Za-z]//g' "$1" | sed -nE 's/^.*[^0-9]([0-9]+) rerun(,.*)? in [0-9.]+s.*$/\1/p' | awk '{ n += $1 } END { print n + 0 }'
}

# The lines of a step's output that tell what failed, the first of them.
failure_lines() { # file
    sed -E 's/\x1b\[[0-9;]*[A-Za-z]//g' "$1" | grep -aE '^✘|^FAILED|^ERROR|^E  |^not ok|error:|failed: ' | cut -c 1-300 | head -n 40 || true
}

# Why a step that could not run here was left out, if its output says so.
reason_of_skipping() { sed -nE '/^[a-z-]+: SKIPPED: /{ s///p; q; }' "$1"; }

grouped() { sed -E -e ':again' -e 's/([0-9])([0-9]{3})($|,)/\1,\2\3/' -e 't again' <<<"$1"; }
clock() { printf '%d:%02d' $(($1 / 60)) $(($1 % 60)); }

# What came of the steps so far, an entry each.
told_names=()
told_tests=()
told_seconds=()
told_results=()
failed_steps=()
# Those that failed, and those that could not run for their sake.
missing_steps=()
all_passed=0
all_failed=0
all_skipped=0
exit_code=0

tell() { # name, tests, seconds, result
    told_names+=("$1")
    told_tests+=("$2")
    told_seconds+=("$3")
    told_results+=("$4")
}

# Why a step cannot run: nothing, if it can.
obstacle() { # name, whether steps go on behind one that failed
    local name
    if [ "${interrupted:-no}" = yes ]; then echo interrupted && return; fi
    for name in ${missing_steps[@]+"${missing_steps[@]}"}; do
        if [ "$2" = no ]; then echo "$name failed" && return; fi
        case ",$(step_field "$1" 2)," in *",$name,"*) echo "it builds on $name" && return ;; esac
    done
}

judge() { # name, exit code, seconds, log
    local passed failed skipped tests tries result reason
    read -r passed failed skipped <<<"$(count_tests "$4")"
    reason=$(reason_of_skipping "$4")
    tests=$((passed + failed + skipped))
    if [ "$2" -ne 0 ]; then
        result="FAILED with exit code $2"
        [ "$failed" -eq 0 ] || result="$result: $(grouped "$failed") of its tests"
        [ "$exit_code" -ne 0 ] || exit_code=$2
        # What failed is no test: it counts as one, or the sum would say that nothing has failed.
        [ "$failed" -gt 0 ] || failed=1
    elif [ "$failed" -gt 0 ]; then
        result="FAILED: $(grouped "$failed") of its tests, although its exit code is 0"
    elif [ -n "$reason" ] && [ "$tests" -eq 0 ]; then
        result="skipped: $reason"
        skipped=1
    elif [ "$(step_field "$1" 3)" = counted ] && [ "$tests" -eq 0 ]; then
        result="FAILED: it ran no test, or $program cannot read how many"
        failed=1
    else
        result=passed
        tries=$(further_tries "$4")
        [ "$tries" -eq 0 ] || result="$result, further tries: $(grouped "$tries")"
        [ "$skipped" -eq 0 ] || result="$result, $(grouped "$skipped") skipped"
        [ -z "$reason" ] || result="$result; skipped: $reason"
    fi
    if [ "$failed" -gt 0 ]; then
        [ "$exit_code" -ne 0 ] || exit_code=1
        failed_steps+=("$1")
        missing_steps+=("$1")
    fi
    all_passed=$((all_passed + passed))
    all_failed=$((all_failed + failed))
    all_skipped=$((all_skipped + skipped))
    if [ "$tests" -eq 0 ]; then tests=-; else tests=$(grouped "$tests"); fi
    tell "$1" "$tests" "$3" "$result"
    printf '\n-- %s: %s, %s s\n' "$1" "$result" "$3"
}

print_table() {
    local index lines
    printf '\n%-12s  %9s  %7s  %s\n' step tests seconds result
    for ((index = 0; index < ${#told_names[@]}; index++)); do
        printf '%-12s  %9s  %7s  %s\n' \
            "${told_names[index]}" "${told_tests[index]}" "${told_seconds[index]}" "${told_results[index]}"
    done
    printf '%-12s  %9s  %7s\n' all "" "$SECONDS"
    if [ ${#failed_steps[@]} -gt 0 ]; then
        # At the end, where whoever sees only the end of the output finds it.
        for index in "${failed_steps[@]}"; do
            lines=$(failure_lines "$logs/$index.log")
            [ -z "$lines" ] || printf '\n%s says:\n%s\n' "$index" "$lines"
        done
        printf '\n%s: FAILED: %s (logs in %s)\n' "$program" "${failed_steps[*]}" "$logs"
    fi
    printf '\n%s passed, %s failed, %s skipped\n' "$(grouped "$all_passed")" "$(grouped "$all_failed")" "$(grouped "$all_skipped")"
}

# Runs the steps that are named, prints the table, and ends the script with the exit code of the first that failed.
run_steps() { # whether steps go on behind one that failed, yes or no; names
    local goes_on=$1 name why began status number=0
    shift
    for name in "$@"; do
        declare -F "step_$name" >/dev/null || { echo "$program: no step named $name; there are:" >&2 && list_steps >&2 && exit 2; }
    done
    mkdir -p "$logs"
    # A clone has no Package.resolved: what is tested is what a release is built from.
    [ -e Package.resolved ] || cp deploy/dependencies.json Package.resolved
    trap 'interrupted=yes' INT TERM
    for name in "$@"; do
        number=$((number + 1))
        why=$(obstacle "$name" "$goes_on")
        if [ -n "$why" ]; then
            tell "$name" - - "not run: $why"
            # What builds on it cannot run either.
            [ "$goes_on" = no ] || missing_steps+=("$name")
            continue
        fi
        printf '\n== %s of %s, %s: %s (%s, after %s)\n' "$number" $# "$name" "$(step_title "$name")" "$(date +%T)" "$(clock $SECONDS)"
        began=$SECONDS
        # Not in a condition: `set -e` would have no effect within one.
        set +e
        (
            trap - INT TERM
            set -e
            "step_$name"
        ) 2>&1 | tee "$logs/$name.log"
        status=${PIPESTATUS[0]}
        set -e
        judge "$name" "$status" $((SECONDS - began)) "$logs/$name.log"
    done
    print_table
    exit "$exit_code"
}
