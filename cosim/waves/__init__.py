"""What a level does in one sample as signals, and waveform files of them that Surfer or GTKWave open."""
