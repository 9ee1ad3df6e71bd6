"""Pictures, tables and pages: what people read."""
