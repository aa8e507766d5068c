"""What tests need around a server: the plugin's servers, one model for many workers, a decorator."""
