"""Everything that is spoken over HTTP: webhooks, the chat page, the officers' console, health and metrics."""
