/** A form's fields as the request takes them: empty ones left out, `origin.lat` as a number within `origin`. */
export const toNewParcel = (form: FormData): Record<string, unknown> => {
  const body: Record<string, unknown> = {};
  for (const [name, value] of form) {
    const text = String(value).trim();
    if (text === '') continue;
    const [place, field] = name.split('.') as [string, string | undefined];
    if (field === undefined) body[place] = text;
    else {
      body[place] = {
        ...(body[place] as object | undefined),
        [field]: field === 'address' ? text : Number(text),
      };
    }
  }
  return body;
};
