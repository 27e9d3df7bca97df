/** Returns a setting from the environment. @throws Error if it is not set. */
export function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '')
    throw new Error(`${name} is not set. "npm start" sets it for every process of the sample.`);
  return value;
}
