import type { AuditCheck } from "../check.ts";
import { a2aAgentCard } from "./a2a-agent-card.ts";
import { acp } from "./acp.ts";
import { agentSkills } from "./agent-skills.ts";
import { ap2 } from "./ap2.ts";
import { apiCatalog } from "./api-catalog.ts";
import { ard } from "./ard.ts";
import { authMd } from "./auth-md.ts";
import { contentSignals } from "./content-signals.ts";
import { dnsAid } from "./dns-aid.ts";
import { linkHeaders } from "./link-headers.ts";
import { markdownNegotiation } from "./markdown-negotiation.ts";
import { mcpServerCard } from "./mcp-server-card.ts";
import { mpp } from "./mpp.ts";
import { oauthDiscovery } from "./oauth-discovery.ts";
import { oauthProtectedResource } from "./oauth-protected-resource.ts";
import { robotsTxt } from "./robots-txt.ts";
import { robotsTxtAiRules } from "./robots-txt-ai-rules.ts";
import { sitemap } from "./sitemap.ts";
import { ucp } from "./ucp.ts";
import { webBotAuth } from "./web-bot-auth.ts";
import { webMcp } from "./web-mcp.ts";
import { x402 } from "./x402.ts";

/** The checks of the public scanner, in the order of the report. */
export const AUDIT_CHECKS: readonly AuditCheck[] = [
  robotsTxt,
  sitemap,
  linkHeaders,
  dnsAid,
  markdownNegotiation,
  robotsTxtAiRules,
  contentSignals,
  webBotAuth,
  apiCatalog,
  oauthDiscovery,
  oauthProtectedResource,
  authMd,
  mcpServerCard,
  a2aAgentCard,
  agentSkills,
  ard,
  webMcp,
  x402,
  mpp,
  ucp,
  acp,
  ap2,
];
