// Which Node runs wayleave.
import process from "node:process";

const OLDEST = [22, 19];

/** Whether a version, e.g. "22.19.0", will do. */
export function isNewEnough(version) {
  const [major, minor] = version.split(".").map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

/** The message for a Node that is too old. */
export const NEEDS = `wayleave needs Node ${OLDEST.join(".")} or later; this is ${process.versions.node}`;
