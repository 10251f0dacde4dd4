"""Policies that ship: one TOML file each."""
