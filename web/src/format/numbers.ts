// Numbers as people read them. Pure.

export function seconds(value: number): string {
  const rounded = Number.isInteger(value) ? String(value) : value.toFixed(1);
  return `${rounded} ${value === 1 ? "second" : "seconds"}`;
}

// Whole minutes as minutes.
export function length(value: number): string {
  if (value < 60 || value % 60 !== 0) return seconds(value);
  return value === 60 ? "1 minute" : `${value / 60} minutes`;
}

// 83.4 -> "1:23"
export function clock(value: number): string {
  const whole = Math.max(0, Math.floor(value));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

// 83.4 -> "1:23.4"
export function preciseClock(value: number): string {
  const tenths = Math.max(0, Math.round(value * 10));
  return `${clock(Math.floor(tenths / 10))}.${tenths % 10}`;
}

export function megabytes(bytes: number): string {
  const value = bytes / (1024 * 1024);
  return `${value >= 10 ? Math.round(value) : value.toFixed(1)} MB`;
}

// Whole percent with spaces that do not break, but never 0 % for what is possible nor 100 % for what is not certain.
export function percent(share: number): string {
  if (share > 0 && share < 0.005) return "<\u00a01\u00a0%";
  if (share < 1 && share >= 0.995) return ">\u00a099\u00a0%";
  return `${Math.round(share * 100)}\u00a0%`;
}

export function decibels(value: number): string {
  return `${Math.round(value)} dB`.replace("-", "−");
}
