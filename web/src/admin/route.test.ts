import { expect, it } from 'vitest';
import { isOurs, routeOf } from './route';

const asset = '0b2c7d6e-7d3f-4a0e-9b1c-2f6f0a9d5e11';
const event = '5d1f7a52-09a4-4a4b-8a53-6a5d3b8f9c22';

it.each([
  ['/assets', { page: 'assets' }],
  ['/assets/', { page: 'assets' }],
  ['/assets/register', { page: 'register' }],
  [`/assets/${asset}`, { page: 'asset', asset }],
  [`/assets/${asset}/events/${event}`, { page: 'event', asset, event }],
  ['/settings', { page: 'settings' }],
  ['/settings/domain', { page: 'domain' }],
  ['/settings/webhooks', { page: 'webhooks' }],
  ['/settings/members', { page: 'members' }],
  ['/settings/integrations', { page: 'integrations' }],
  ['/assets/nothing', { page: 'unknown' }],
  ['/', { page: 'unknown' }],
])('%s is its page', (path, route) => expect(routeOf(path)).toEqual(route));

it('leaves the pages of the server alone', () => {
  expect(isOurs(`/publicassets/${asset}`)).toBe(false);
  expect(isOurs('/sign-in')).toBe(false);
});
