"""The store and the engine together: records are taken in, people answered, and the proof of it kept."""
