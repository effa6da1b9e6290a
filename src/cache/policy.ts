import { secondsOf } from "../timing/duration.ts";

/** The options of one rule, durations in seconds. */
export interface CacheSettings {
  readonly keepFor: number;
  readonly ignoreCookies: boolean;
  readonly after: number;
  readonly staleIfError: number;
  readonly staleWhileRevalidate: number;
}

type Durations = "keepFor" | "staleIfError" | "staleWhileRevalidate";

/** Parses the durations of the options. */
export function readSettings(
  options: Omit<CacheSettings, Durations> & Readonly<Record<Durations, string>>,
): CacheSettings {
  const { ignoreCookies, after } = options;
  return {
    ignoreCookies,
    after,
    keepFor: secondsOf(options.keepFor),
    staleIfError: secondsOf(options.staleIfError),
    staleWhileRevalidate: secondsOf(options.staleWhileRevalidate),
  };
}
