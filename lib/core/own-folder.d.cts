declare const ownFolder: string | undefined;
export = ownFolder;
