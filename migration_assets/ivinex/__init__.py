"""Stage 1: the source as it is. One file per Ivinex object, plus the sweep and the relations they share."""
