// What the server says, as docs/api.md describes it.

export interface AudioWarning {
  code: string;
  message: string;
}

export interface WindowResult {
  start_s: number;
  end_s: number;
  silent: boolean;
  label: string | null;
  confidence: number | null;
  probabilities: Record<string, number> | null;
}

export interface Prediction {
  label: string;
  probabilities: Record<string, number>;
  confidence: number;
  duration_s: number;
  warnings: AudioWarning[];
  model?: { encoder?: string; licence?: string };
  windows?: WindowResult[];
}

export interface Model {
  name: string;
  version: string;
  encoder: {
    name: string;
    fingerprint: string;
    layer: number;
    first_layer?: number;
    pooling: string;
    precision: string;
    dimension: number;
  };
  // Has either `bundle` or, where the checkpoint's own head answers, `head`.
  classifier: {
    bundle?: string;
    head?: string;
    corpora: string[];
    split: string;
    scores: Record<string, number>;
    created_by: string;
  };
  labels: string[];
  licence: string;
  limits: { body_bytes: number; duration_s: number; window_s: number; request_s: number };
}

export interface ErrorBody {
  code: string;
  message: string;
  hint?: string;
}

export interface Measurement {
  type: "measurement";
  sequence: number;
  start_s: number;
  end_s: number;
  level_dbfs: number;
  silent: boolean;
  label: string | null;
  confidence: number | null;
  probabilities: Record<string, number> | null;
}

export interface Summary {
  type: "summary";
  duration_s: number;
  measurements: number;
  silent: number;
  skipped: number;
  label: string | null;
  confidence: number | null;
  probabilities: Record<string, number> | null;
}

export type LiveMessage =
  | { type: "ready"; labels: string[] }
  | Measurement
  | Summary
  | { type: "error"; error: ErrorBody };
