import { REDIRECT_URI } from '../identity/directory.js';

/** A page with its final URL. */
export interface Page {
  readonly url: URL;
  readonly html: string;
}

/** Minimal browser for a login: redirects, cookies, one form. */
export class Browser {
  private readonly cookies = new Map<string, string>();

  /** Opens a page. Stops at the redirect URI, where no server listens. */
  async open(url: URL, form?: URLSearchParams): Promise<Page> {
    if (url.href.startsWith(REDIRECT_URI)) return { url, html: '' };
    const response = await fetch(url, {
      ...(form && { method: 'POST', body: form }),
      headers: { cookie: [...this.cookies].map((pair) => pair.join('=')).join('; ') },
      redirect: 'manual',
    });
    this.keepCookies(response);
    const location = response.headers.get('location');
    return location === null ? { url, html: await response.text() } : this.open(new URL(location, url));
  }

  /** Fills in and submits the form of a page. */
  submit({ url, html }: Page, fields: Readonly<Record<string, string>>): Promise<Page> {
    const [, action] = /action="([^"]+)"/.exec(html) ?? [];
    if (action === undefined) throw new Error(`No form at ${url.href}.`);
    return this.open(new URL(action, url), new URLSearchParams(fields));
  }

  private keepCookies(response: Response): void {
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (name !== undefined && value !== undefined) this.cookies.set(name, value);
    }
  }
}
