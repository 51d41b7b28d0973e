# What holds where a command line says nothing else.
c = get_config()  # noqa: F821, a name that the server gives
c.ServerApp.ip = "0.0.0.0"
c.ServerApp.open_browser = False
