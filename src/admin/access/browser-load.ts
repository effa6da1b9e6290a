/** Why a browser's request is not answered with a cookie of ours, or with a login of another service. */
export type LoadRefusal =
  /** The browser does not say how the page loads it: it is too old, or there is no TLS. */
  | "no-fetch-metadata"
  /** A script, a frame or another part of a page loads it. */
  | "not-a-navigation"
  | "method";

/**
 * Decides if a browser may get a page by the fields that it sends by itself. Scripts of the site share our
 * origin: they could read all that a page of theirs can load, so only the user's own navigation counts.
 */
export function decideBrowserLoad(
  method: string,
  field: (name: string) => string | undefined,
): LoadRefusal | undefined {
  if (method !== "GET" && method !== "HEAD") return "method";
  const mode = field("sec-fetch-mode");
  if (mode === undefined) return "no-fetch-metadata";
  const isPage = mode === "navigate" && field("sec-fetch-dest") === "document";
  return isPage ? undefined : "not-a-navigation";
}

/** Decides if one of our pages has sent a form, by the user's own click. */
export function isOwnForm(field: (name: string) => string | undefined): boolean {
  return (
    field("sec-fetch-site") === "same-origin" &&
    field("sec-fetch-mode") === "navigate" &&
    field("sec-fetch-dest") === "document"
  );
}

/** Hosts of this machine, to which browsers send fetch metadata without TLS. */
const LOOPBACK = /^http:\/\/(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/;

/** Whether the cookie of a form's page needs TLS: by the field Origin, which no script can write. */
export function needsTls(origin: string | undefined): boolean {
  return origin === undefined || !LOOPBACK.test(origin);
}
