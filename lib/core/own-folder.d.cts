/** The folder of this file, `core`; `undefined` in an application that was bundled. */
declare const ownFolder: string | undefined;
export = ownFolder;
