"""The pages in a real browser: Chromium against a service in a process of its own."""
