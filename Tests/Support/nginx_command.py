"""nginx in one process, so that a signal reaches all of it, with all that it writes in a folder."""

from pathlib import Path

from other_process import program

MAIN = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log notice;
{files}
events {{ worker_connections {connections}; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{http}
}}
"""


def nginx_command(folder: Path, http: str, connections: int = 512) -> list[str]:
    """Writes its configuration, with `http` in that block, and says how to start it."""
    # A connection that is passed on takes two.
    files = f"worker_rlimit_nofile {2 * connections};" if connections > 512 else ""
    path = folder / "nginx.conf"
    path.write_text(MAIN.format(folder=folder, files=files, connections=connections, http=http))
    # -e: where it complains before it has read the file.
    return [program("nginx"), "-p", str(folder), "-c", str(path), "-e", str(folder / "error.log")]
