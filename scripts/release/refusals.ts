/** The conditions of a release, in addition to the checks. */
export interface ReleaseFacts {
  readonly version: string;
  /** `git status --porcelain`. */
  readonly status: string;
  readonly branch: string;
  /** Tags that exist here or at the remote. */
  readonly tags: readonly string[];
  readonly changelog: string;
  /** Every address in package.json that readers are sent to. */
  readonly addresses: readonly string[];
}

/** Hosts that are reserved for examples (RFC 2606 §3). */
const PLACEHOLDER = /^(?:git\+)?https?:\/\/(?:[\w-]+\.)*example\.(?:com|net|org)(?:[/:]|$)/i;

/** Why this state must not be published, each in one line; none if it may be. */
export function findRefusals(facts: ReleaseFacts): string[] {
  const { version, status, branch, tags, changelog, addresses } = facts;
  const refusals: string[] = [];
  if (status.trim() !== "") {
    refusals.push(`there are uncommitted changes:\n${status.trimEnd()}`);
  }
  if (branch !== "main") refusals.push(`releases are made from main, not from ${branch}`);
  if (tags.includes(`v${version}`)) refusals.push(`the tag v${version} is there already`);
  const heading = new RegExp(`^## ${version.replaceAll(".", "\\.")}\\s*$`, "m");
  if (!heading.test(changelog)) refusals.push(`CHANGELOG.md has no section "## ${version}"`);
  for (const address of addresses.filter((each) => PLACEHOLDER.test(each))) {
    refusals.push(`package.json names the placeholder ${address}`);
  }
  return refusals;
}
