import { splitList } from "./list.ts";

/**
 * Joins two values of Content-Signal (draft-romm-aipref-contentsignals); of a signal in both, the
 * first counts.
 */
export function joinSignals(first: string | undefined, second: string): string {
  const known = splitList(first ?? "");
  const names = new Set(known.map(nameOf));
  return [...known, ...splitList(second).filter((signal) => !names.has(nameOf(signal)))].join(", ");
}

function nameOf(signal: string): string {
  return (signal.split("=", 1)[0] ?? "").trim().toLowerCase();
}
