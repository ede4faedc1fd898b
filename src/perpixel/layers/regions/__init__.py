"""Regions of pictures: maps read inside boxes, boxes matched with the truth, heads that judge what is read."""
