from server_fixtures import server, start_server, tls_files

__all__ = ["server", "start_server", "tls_files"]
