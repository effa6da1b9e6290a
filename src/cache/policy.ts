import { parseDuration } from "../timing/duration.ts";

/** The options of one rule, durations in seconds. */
export interface CacheSettings {
  readonly keepFor: number;
  readonly ignoreCookies: boolean;
  readonly after: number;
  readonly staleIfError: number;
  readonly staleWhileRevalidate: number;
}

/** The options as the cache reads them. */
export function readSettings(options: {
  readonly keepFor: string;
  readonly ignoreCookies: boolean;
  readonly after: number;
  readonly staleIfError: string;
  readonly staleWhileRevalidate: string;
}): CacheSettings {
  const { ignoreCookies, after } = options;
  return {
    ignoreCookies,
    after,
    keepFor: parseDuration(options.keepFor) ?? 0,
    staleIfError: parseDuration(options.staleIfError) ?? 0,
    staleWhileRevalidate: parseDuration(options.staleWhileRevalidate) ?? 0,
  };
}
