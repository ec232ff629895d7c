// How loud samples are. Pure.

const kFloor = -90;

// Root mean square in dB below full scale, -90 at least.
export function rmsDbfs(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  if (samples.length === 0 || sum === 0) return kFloor;
  return Math.max(kFloor, 10 * Math.log10(sum / samples.length));
}

// Where a level stands on a meter from -60 dB to 0 dB, as a share.
export function meterShare(dbfs: number): number {
  return Math.max(0, Math.min(1, (dbfs + 60) / 60));
}

// The largest magnitude in each of `count` equal stretches.
export function peaks(samples: Float32Array, count: number): Float32Array {
  const result = new Float32Array(Math.max(1, Math.min(count, samples.length)));
  for (let i = 0; i < result.length; ++i) {
    const end = Math.floor(((i + 1) * samples.length) / result.length);
    let peak = 0;
    for (let at = Math.floor((i * samples.length) / result.length); at < end; ++at) {
      peak = Math.max(peak, Math.abs(samples[at] ?? 0));
    }
    result[i] = peak;
  }
  return result;
}
