// Which page a path stands for. Pure; the paths are those of the permanent links.

export type Route =
  | { page: 'assets' }
  | { page: 'register' }
  | { page: 'asset'; asset: string }
  | { page: 'event'; asset: string; event: string }
  | { page: 'settings' }
  | { page: 'domain' }
  | { page: 'integrations' }
  | { page: 'integration'; integration: string }
  | { page: 'webhooks' }
  | { page: 'members' }
  | { page: 'unknown' };

const UUID = '([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})';
const ASSET = new RegExp(`^/assets/${UUID}$`, 'i');
const INTEGRATION = new RegExp(`^/settings/integrations/${UUID}$`, 'i');
const EVENT = new RegExp(`^/assets/${UUID}/events/${UUID}$`, 'i');

export function routeOf(pathname: string): Route {
  const path = pathname.replace(/(?<=.)\/+$/, '');
  if (path === '/assets') return { page: 'assets' };
  if (path === '/assets/register') return { page: 'register' };
  if (path === '/settings') return { page: 'settings' };
  if (path === '/settings/domain') return { page: 'domain' };
  if (path === '/settings/integrations') return { page: 'integrations' };
  if (path === '/settings/webhooks') return { page: 'webhooks' };
  if (path === '/settings/members') return { page: 'members' };
  const [, integration] = INTEGRATION.exec(path) ?? [];
  if (integration) return { page: 'integration', integration };
  const [, inEvent, event] = EVENT.exec(path) ?? [];
  if (inEvent && event) return { page: 'event', asset: inEvent, event };
  const [, asset] = ASSET.exec(path) ?? [];
  if (asset) return { page: 'asset', asset };
  return { page: 'unknown' };
}

/** Other paths are pages of the server's own: links to them load as usual. */
export function isOurs(pathname: string): boolean {
  return routeOf(pathname).page !== 'unknown';
}
