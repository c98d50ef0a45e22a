import { Button, Group, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { ScanLine } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useLocation } from 'wouter';
import { ApiError, sentence } from '../app/problem.ts';
import { findByCode } from './calls.ts';
import { ticketPath } from './places.ts';

/** For the door: a hand-held reader types what the QR code holds, and Enter. */
export const FindByCode = () => {
  const [code, setCode] = useState('');
  const [, navigate] = useLocation();
  const find = useMutation({
    mutationFn: async () => {
      const ticket = await findByCode(code.trim());
      if (!ticket) throw new ApiError('NOT_FOUND', 'No ticket of yours has this code');
      return ticket;
    },
    onSuccess: ({ id }) => navigate(ticketPath(id)),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (code.trim()) find.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Group gap="xs" align="flex-start" mb="md">
        <TextInput
          aria-label="Code of a ticket"
          placeholder="Scan or type a code"
          maxLength={100}
          w={260}
          leftSection={<ScanLine size={16} aria-hidden />}
          value={code}
          error={find.error ? sentence(find.error).title : undefined}
          onChange={(event) => setCode(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" loading={find.isPending}>
          Check
        </Button>
      </Group>
    </form>
  );
};
