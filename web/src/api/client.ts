// Requests to the server that the page came from. Everything that fails is thrown as a Problem.

import { problemOfResponse, serverGone } from "./problem";
import type { ErrorBody, Model, Prediction } from "./types";

async function errorBody(response: Response): Promise<ErrorBody | null> {
  try {
    const body = (await response.json()) as { error?: ErrorBody };
    return typeof body.error?.message === "string" ? body.error : null;
  } catch {
    return null;
  }
}

async function request<T>(url: string, init: RequestInit, bodyLimit: number | null): Promise<T> {
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw serverGone();
  }
  if (!response.ok) {
    throw problemOfResponse(
      response.status,
      await errorBody(response),
      response.headers.get("Retry-After"),
      bodyLimit,
    );
  }
  try {
    return (await response.json()) as T;
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw serverGone();
  }
}

export function fetchModel(): Promise<Model> {
  return request("/v1/model", {}, null);
}

export interface PredictOptions {
  windowSeconds: number | null;
  bodyLimit: number | null;
  signal: AbortSignal;
}

export function predict(recording: Blob, fileName: string, options: PredictOptions): Promise<Prediction> {
  const form = new FormData();
  form.append("file", recording, fileName);
  const query = options.windowSeconds === null ? "" : `?window_s=${options.windowSeconds}`;
  const init = { method: "POST", body: form, signal: options.signal };
  return request(`/emotion_predict${query}`, init, options.bodyLimit);
}
