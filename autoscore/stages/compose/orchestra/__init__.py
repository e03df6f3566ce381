"""Orchestra: who may play, which layers sound, lines into parts."""
