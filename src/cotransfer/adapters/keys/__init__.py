"""Where the gateway's keys come from: files and the environment. Never prints one, and never keeps one elsewhere."""
