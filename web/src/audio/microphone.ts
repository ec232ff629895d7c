// The microphone, with everything off that changes how a voice sounds.

import { insecureContext, type Problem, problemOfMicrophone } from "../api/problem";

// Throws a Problem.
export async function openMicrophone(): Promise<MediaStream> {
  if (navigator.mediaDevices?.getUserMedia === undefined) throw insecureContext();
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: { autoGainControl: false, noiseSuppression: false, echoCancellation: false },
    });
  } catch (error) {
    throw microphoneProblem(error);
  }
}

function microphoneProblem(error: unknown): Problem {
  return problemOfMicrophone(error instanceof DOMException ? error.name : "");
}

export function closeMicrophone(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
