import { Alert, Button, Group } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { ArrowRightLeft } from 'lucide-react';
import type { Ticket } from '../../../server/contract/seats.ts';
import { FormTrouble } from '../app/FormTrouble.tsx';
import { notifyDone } from '../app/notify.tsx';
import { Countdown } from './Countdown.tsx';
import { answerOffer } from './calls.ts';

type Props = { ticket: Ticket; onAnswered: () => void };

/** Money came after the hold had ended and the seat was sold meanwhile: another one of the same price, or the money back. */
export const OfferNotice = ({ ticket, onAnswered }: Props) => {
  const answer = useMutation({
    mutationFn: (accept: boolean) => answerOffer(ticket.id, accept),
    onSuccess: (_, accepted) =>
      notifyDone(accepted ? `Seat ${ticket.offer?.seatNumber} is yours.` : 'Your money is on its way back.'),
    onSettled: onAnswered,
  });
  if (ticket.offer?.kind !== 'late_payment') return null;
  const { seatNumber, expiresAt } = ticket.offer;
  return (
    <Alert
      color="yellow"
      variant="light"
      role="alert"
      icon={<ArrowRightLeft size={18} aria-hidden />}
      title="Your seat was sold before your payment came"
      data-testid="offer"
    >
      Your money is safe. Seat {seatNumber} of the same departure costs the same and is kept for you; without your
      answer the money goes back.
      <Countdown until={expiresAt} what="This offer" />
      <Group gap="xs" mt="xs">
        <Button size="xs" loading={answer.isPending} onClick={() => answer.mutate(true)}>
          Take seat {seatNumber}
        </Button>
        <Button size="xs" variant="default" disabled={answer.isPending} onClick={() => answer.mutate(false)}>
          Refund me
        </Button>
      </Group>
      <FormTrouble error={answer.error} />
    </Alert>
  );
};
