// Navigation: real links and the history API. A click on a link to one of our pages changes the page
// without loading; anything else is left to the browser.

import { isOurs, routeOf, type Route } from './route';

class Router {
  #url = $state.raw(new URL(location.href));
  /** Whether the reader has moved since the page was loaded: then the heading takes the focus. */
  moved = false;

  readonly route: Route = $derived(routeOf(this.#url.pathname));
  readonly query: URLSearchParams = $derived(this.#url.searchParams);
  readonly path: string = $derived(this.#url.pathname);

  /** Called once, by the shell. */
  start(): void {
    document.addEventListener('click', (event) => this.#click(event));
    window.addEventListener('popstate', () => this.#show());
  }

  go(href: string): void {
    history.pushState(null, '', href);
    this.#show();
    scrollTo(0, 0);
  }

  /** Changes the address of this page, for example when a query has been dealt with. */
  replace(href: string): void {
    history.replaceState(null, '', href);
    this.#url = new URL(location.href);
  }

  #show(): void {
    this.moved = true;
    this.#url = new URL(location.href);
  }

  #click(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0 || modified(event)) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!link || link.target || link.hasAttribute('download')) return;
    if (link.origin !== location.origin || !isOurs(link.pathname)) return;
    if (link.hash && link.pathname === location.pathname) return;
    event.preventDefault();
    this.go(link.href);
  }
}

function modified(event: MouseEvent): boolean {
  return event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
}

export const router = new Router();
