/** Extensions under which pages are served. */
const PAGE_EXTENSIONS = new Set("html htm xhtml php asp aspx jsp cgi md".split(" "));

/** Whether a path ends in an extension that pages do not have, e.g. "/app.js". */
export function isAssetPath(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const dot = name.lastIndexOf(".");
  if (dot <= 0) return false;
  const extension = name.slice(dot + 1).toLowerCase();
  // Versions such as "/v1.2" and names such as "/node.js-guide" are no extensions.
  return /^[a-z][a-z0-9]{0,11}$/.test(extension) && !PAGE_EXTENSIONS.has(extension);
}

/** Values of `Sec-Fetch-Dest` (Fetch) with which a response can be shown as a page. */
const PAGE_DESTINATIONS = new Set(["document", "iframe", "frame", "embed", "object", "empty"]);

/**
 * Whether a response may be shown as a page, judged by path and destination. It affects only the
 * request to the origin server, never the response, so that nothing varies on the destination.
 */
export function mayBePage(path: string, destination: string | undefined): boolean {
  if (destination !== undefined && !PAGE_DESTINATIONS.has(destination)) return false;
  return !isAssetPath(path);
}
