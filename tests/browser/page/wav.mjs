// Sound that is made here: no recording of anybody.

// A voice-like buzz whose pitch and loudness wander, as a 16-bit mono WAV file.
export function buzz(duration, { rate = 16000, loudness = 0.4, silentUntil = 0 } = {}) {
  const count = Math.round(duration * rate);
  const bytes = Buffer.alloc(44 + 2 * count);
  bytes.write("RIFF", 0);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write("WAVEfmt ", 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(rate, 24);
  bytes.writeUInt32LE(2 * rate, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write("data", 36);
  bytes.writeUInt32LE(2 * count, 40);
  let phase = 0;
  for (let i = 0; i < count; ++i) {
    const time = i / rate;
    phase += (2 * Math.PI * (150 + 60 * Math.sin(2 * time))) / rate;
    const envelope =
      time < silentUntil ? 0 : 0.1 + 0.9 * Math.sin(1.9 * time) ** 2 * Math.abs(Math.sin(7 * time));
    const sample =
      [1, 2, 3, 4, 5].reduce((sum, harmonic) => sum + Math.sin(harmonic * phase) / harmonic, 0) / 2;
    bytes.writeInt16LE(Math.round(32767 * loudness * envelope * sample), 44 + 2 * i);
  }
  return bytes;
}
