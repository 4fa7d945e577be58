"""What proves an adapter: contract suites, given/when/then, a real PostgreSQL. Never imported in service."""
