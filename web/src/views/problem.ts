// What went wrong, as the person sees it; with a way to try again where that can help.

import { Problem, serverGone } from "../api/problem";
import { byId } from "../dom";

let retryAction: (() => void) | null = null;

export function setUpProblem(): void {
  byId("problem-retry").addEventListener("click", () => {
    const action = retryAction;
    hideProblem();
    action?.();
  });
  byId("problem-dismiss").addEventListener("click", () => {
    hideProblem();
    byId("stage").focus();
  });
}

export function showProblem(error: unknown, retry: (() => void) | null = null): void {
  const problem = error instanceof Problem ? error : serverGone();
  retryAction = problem.retryable ? retry : null;
  byId("problem-retry").hidden = retryAction === null;
  byId("problem").hidden = false;
  byId("problem-title").textContent = problem.title;
  byId("problem-advice").textContent = problem.advice;
  byId("problem").focus();
}

export function hideProblem(): void {
  retryAction = null;
  byId("problem").hidden = true;
}
