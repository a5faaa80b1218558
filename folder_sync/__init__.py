"""folder-sync: carries product photos from a studio's export folder into the Closient catalogue, each exactly once."""
