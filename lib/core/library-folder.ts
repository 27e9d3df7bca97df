import ownFolder from './own-folder.cjs';

/** The folder `core` of this copy of the library; `undefined` in a bundled application. */
export const OWN_FOLDER: string | undefined = ownFolder;
