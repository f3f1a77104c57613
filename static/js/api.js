// @ts-check
/** Requests to the server: JSON in, JSON out, and one kind of error that says what went wrong in words. */

export class ApiError extends Error {
  /**
   * @param {number} status  0 when the server could not be reached
   * @param {string} detail
   */
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/** Say whether the server broke over a request that may work the next time. @param {unknown} problem */
export const isServerFault = (problem) => problem instanceof ApiError && problem.status >= 500;

/**
 * Ask the server and read its answer.
 * @param {string} path
 * @param {{method?: string, body?: unknown, signal?: AbortSignal}} [options]
 * @returns {Promise<any>}  null when the answer is empty
 * @throws {ApiError}
 */
export async function ask(path, { method = "GET", body, signal } = {}) {
  const response = await reach(path, {
    method,
    signal,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (response.status === 401) dispatchEvent(new Event("signedout"));
  if (!response.ok) throw new ApiError(response.status, await describe(response));
  return response.status === 204 ? null : response.json();
}

/**
 * Build a path with a query; empty values are left out, lists are repeated.
 * @param {string} path
 * @param {Record<string, string | number | string[] | null | undefined>} query
 */
export function withQuery(path, query) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    for (const one of Array.isArray(value) ? value : [value])
      if (one !== null && one !== undefined && one !== "") search.append(name, String(one));
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

/**
 * @param {string} path
 * @param {RequestInit} init
 */
async function reach(path, init) {
  try {
    return await fetch(path, { credentials: "same-origin", ...init });
  } catch (problem) {
    if (problem instanceof DOMException && problem.name === "AbortError") throw problem;
    throw new ApiError(0, "The server cannot be reached.");
  }
}

/** @param {Response} response */
async function describe(response) {
  try {
    return String((await response.json()).detail);
  } catch {
    return `The server answered ${response.status}.`;
  }
}
