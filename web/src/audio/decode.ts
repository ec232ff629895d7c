// A recording's bytes as mono samples, by the browser's own decoders.

export interface Sound {
  samples: Float32Array<ArrayBuffer>;
  rate: number;
  duration: number;
}

const kRate = 48000;
const kSmallRate = 16000;

// Null where the browser cannot decode it, which does not mean that the server cannot.
export async function decode(blob: Blob): Promise<Sound | null> {
  try {
    const context = new OfflineAudioContext(1, 1, kRate);
    const buffer = await context.decodeAudioData(await blob.arrayBuffer());
    if (buffer.length === 0) return null;
    const samples = new Float32Array(buffer.length);
    for (let channel = 0; channel < buffer.numberOfChannels; ++channel) {
      const data = buffer.getChannelData(channel);
      for (let i = 0; i < samples.length; ++i) {
        samples[i] = (samples[i] ?? 0) + (data[i] ?? 0) / buffer.numberOfChannels;
      }
    }
    return { samples, rate: buffer.sampleRate, duration: buffer.duration };
  } catch {
    return null;
  }
}

// The same at the rate the server works in, for what would be too large otherwise.
export async function reduceRate(sound: Sound): Promise<Sound> {
  const context = new OfflineAudioContext(1, Math.ceil(sound.duration * kSmallRate), kSmallRate);
  const buffer = context.createBuffer(1, sound.samples.length, sound.rate);
  buffer.copyToChannel(sound.samples, 0);
  const source = context.createBufferSource();
  source.buffer = buffer;
  source.connect(context.destination);
  source.start();
  const reduced = await context.startRendering();
  return { samples: reduced.getChannelData(0), rate: kSmallRate, duration: reduced.duration };
}

export function cut(sound: Sound, start: number, end: number): Sound {
  const samples = sound.samples.slice(Math.round(start * sound.rate), Math.round(end * sound.rate));
  return { samples, rate: sound.rate, duration: samples.length / sound.rate };
}
