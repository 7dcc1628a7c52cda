from clm.testing.backends import BackendContract


class TestContract(BackendContract):
    factory = "clm_plugin_threads.backend:ThreadsBackend"
