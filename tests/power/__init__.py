"""Power cuts: the shipped store on a disk that forgets what was not synced. Simulates the file layer, no hardware."""
