// A part of a recording, in seconds. Pure.

export interface Selection {
  start: number;
  end: number;
}

// What the server needs at least.
export const kShortest = 0.5;

const kTenth = 10;

// The selection with its ends in order, inside the recording, on tenths of a second.
export function tidy(start: number, end: number, duration: number): Selection {
  const inside = (value: number) => Math.max(0, Math.min(duration, Number.isFinite(value) ? value : 0));
  const round = (value: number) => Math.min(duration, Math.round(value * kTenth) / kTenth);
  const ends = [round(inside(start)), round(inside(end))] as const;
  return { start: Math.min(...ends), end: Math.max(...ends) };
}

// Whether it leaves anything out, to a tenth of a second.
export function isWhole(selection: Selection, duration: number): boolean {
  return selection.start <= 0.05 && selection.end >= duration - 0.05;
}

export function lengthOf(selection: Selection): number {
  return selection.end - selection.start;
}

// The window that a recording of this length is cut into, or null where it is heard as one.
export function windowFor(duration: number | null): number | null {
  return duration !== null && duration > 10 ? 5 : null;
}
