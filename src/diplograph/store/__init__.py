"""The embedded Oxigraph store and the engine that answers from it."""
