"""The values that flow between the stages: frozen, keyword-only, standard library only."""
