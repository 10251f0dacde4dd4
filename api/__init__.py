"""The service: answers of a trained engine over HTTP. It holds no business rule and learns nothing."""
