"""Fine-tuning of an encoder by the Hugging Face `Trainer`: the same result after an interruption as without."""

import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import numpy as np
import torch
from datasets import Dataset
from numpy.typing import NDArray
from tqdm import tqdm
from transformers import (
    BertForSequenceClassification,
    DataCollatorWithPadding,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)
from transformers.models.bert.modeling_bert import BertLayer
from transformers.trainer_callback import PrinterCallback

from stance.errors import InputError

_COMPLETE = "complete.json"  # in a checkpoint: the sizes of its files, written last


@dataclass(frozen=True)
class FineTuning:
    """How an encoder is fine-tuned.

    Attributes:
        epochs: passes over the training sentences, above 0.
        batch_size: sentences a step.
        learning_rate: its peak; it falls to 0 linearly.
        weight_decay: of AdamW.
        warmup: share of the steps in which the learning rate rises, from 0 to below 1.
        pooling: what the outputs read: the "first" token, or the "mean" over all tokens.
        checkpoint_steps: the state of training is saved every so many steps.
        seed: for the order of sentences, dropout and new weights.
    """

    epochs: int = 4
    batch_size: int = 16
    learning_rate: float = 8e-5
    weight_decay: float = 0.01
    warmup: float = 0.06
    pooling: Literal["first", "mean"] = "mean"
    checkpoint_steps: int = 200
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse impossible values.

        Raises:
            InputError: with every one of them.
        """
        wrong = [
            f"{name}={getattr(self, name)!r}"
            for name in ("epochs", "batch_size", "checkpoint_steps")
            if getattr(self, name) < 1
        ]
        wrong += [f"learning_rate={self.learning_rate!r}"] * (not self.learning_rate > 0)
        wrong += [f"weight_decay={self.weight_decay!r}"] * (not self.weight_decay >= 0)
        wrong += [f"warmup={self.warmup!r}"] * (not 0 <= self.warmup < 1)
        wrong += [f"pooling={self.pooling!r}"] * (self.pooling not in ("first", "mean"))
        if wrong:
            raise InputError(f"fine-tuning: impossible {', '.join(wrong)}; see the documentation of FineTuning")


def use_mean_pooling(model: PreTrainedModel) -> None:
    """Let the outputs start from the mean over all tokens, within what plain transformers can load.

    MiniLM was trained for its mean over tokens, but BERT's outputs read the first token alone. So BERT gets one
    more layer, whose first token attends to all tokens alike and passes their mean on, four times as strong as
    itself; training takes it from there. ModernBERT and its kin have a switch for it.

    Raises:
        InputError: an architecture for which neither works.
    """
    if hasattr(model.config, "classifier_pooling"):
        model.config.classifier_pooling = "mean"
        return
    if not isinstance(model, BertForSequenceClassification):
        raise InputError(
            f"pooling: expected first for an encoder of type {model.config.model_type!r}, found mean; "
            "mean is for BERT and for encoders with a setting classifier_pooling"
        )
    layer = BertLayer(model.config, layer_idx=model.config.num_hidden_layers)
    identity = torch.eye(model.config.hidden_size)
    with torch.no_grad():
        for name, parameter in layer.named_parameters():
            if name.endswith("LayerNorm.weight"):
                parameter.fill_(1.0)
            elif "query.weight" in name or "key.weight" in name or "intermediate.dense.weight" in name:
                parameter.normal_(std=model.config.initializer_range)
            else:
                parameter.zero_()
        layer.attention.self.value.weight.copy_(identity)
        layer.attention.output.dense.weight.copy_(4 * identity)
        pooler: Any = model.bert.pooler
        pooler.dense.weight.copy_(identity / 2)
        pooler.dense.bias.zero_()
    model.bert.encoder.layer.append(layer.to(model.device))
    model.config.num_hidden_layers += 1


def fine_tune(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    input_ids: Sequence[Sequence[int]],
    targets: NDArray[np.float64],
    options: FineTuning,
    checkpoints: str | Path | None,
) -> None:
    """Train `model` in place with binary cross-entropy on each label.

    Args:
        model: a sequence classifier with one output for each label.
        tokenizer: for padding.
        input_ids: tokens of each sentence.
        targets: probability of each label, 0 or 1 where it is known, shape (n_sentences, n_labels).
        options: the recipe.
        checkpoints: where the state of training is kept and taken up again; None keeps none.
    """
    dataset = Dataset.from_dict({"input_ids": [list(ids) for ids in input_ids], "labels": targets.astype(np.float32)})
    with TemporaryDirectory() as scratch:
        arguments = TrainingArguments(
            output_dir=str(checkpoints or scratch),
            num_train_epochs=options.epochs,
            per_device_train_batch_size=options.batch_size,
            learning_rate=options.learning_rate,
            weight_decay=options.weight_decay,
            warmup_steps=options.warmup,
            seed=options.seed,
            save_strategy="steps" if checkpoints else "no",
            save_steps=options.checkpoint_steps,
            save_total_limit=2,
            logging_steps=20,
            dataloader_pin_memory=torch.cuda.is_available(),
            disable_tqdm=True,
            report_to="none",
        )
        trainer = _LengthGroupedTrainer(
            model=model,
            args=arguments,
            train_dataset=dataset,
            data_collator=DataCollatorWithPadding(tokenizer),
            callbacks=[_ProgressOnStderr(), _MarkComplete()],
        )
        trainer.remove_callback(PrinterCallback)  # it writes to stdout, which is for data
        last = find_last_checkpoint(Path(checkpoints)) if checkpoints else None
        trainer.train(resume_from_checkpoint=str(last) if last else None)


def find_last_checkpoint(folder: Path) -> Path | None:
    """Find the newest checkpoint that was written to its end, and remove those that were not.

    A run killed while it writes leaves files out, without which training would go on, but to another result.
    """
    complete = []
    for checkpoint in folder.glob("checkpoint-*"):
        mark = checkpoint / _COMPLETE
        try:
            expected = json.loads(mark.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            expected = None
        if expected is not None and expected == _list_sizes(checkpoint):
            complete.append(checkpoint)
        else:
            shutil.rmtree(checkpoint)
    return max(complete, key=lambda checkpoint: int(checkpoint.name.rpartition("-")[2]), default=None)


def _list_sizes(checkpoint: Path) -> dict[str, int]:
    files = (path for path in checkpoint.rglob("*") if path.is_file() and path.name != _COMPLETE)
    return {path.relative_to(checkpoint).as_posix(): path.stat().st_size for path in files}


class _MarkComplete(TrainerCallback):
    def on_save(self, args: Any, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        checkpoint = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        (checkpoint / _COMPLETE).write_text(json.dumps(_list_sizes(checkpoint)), encoding="utf-8")


class LengthGroupedSampler(torch.utils.data.Sampler[int]):
    """Puts sentences of like length into the same batch, in an order that only seed and epoch decide.

    An order drawn from the global generator would differ after an interruption.
    """

    def __init__(self, lengths: Sequence[int], batch_size: int, seed: int) -> None:
        self.lengths = np.asarray(lengths)
        self.batch_size = batch_size
        self.seed = seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the order; the Trainer calls it before each pass."""
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self.lengths)

    def __iter__(self) -> Iterator[int]:
        rng = np.random.default_rng([self.seed, self.epoch])
        shuffled = rng.permutation(len(self.lengths))
        window = self.batch_size * 50
        ordered = [
            part[np.argsort(self.lengths[part], kind="stable")]
            for part in (shuffled[begin : begin + window] for begin in range(0, len(shuffled), window))
        ]
        flat = np.concatenate(ordered)
        full = len(flat) // self.batch_size * self.batch_size  # an incomplete batch stays last
        batches = rng.permutation(flat[:full].reshape(-1, self.batch_size))
        yield from np.concatenate([batches.reshape(-1), flat[full:]]).tolist()


class _LengthGroupedTrainer(Trainer):
    def _get_train_sampler(self, train_dataset: Any = None) -> LengthGroupedSampler:
        dataset: Any = train_dataset if train_dataset is not None else self.train_dataset
        lengths = [len(ids) for ids in dataset["input_ids"]]
        return LengthGroupedSampler(lengths, self.args.per_device_train_batch_size, self.args.seed)


class _ProgressOnStderr(TrainerCallback):
    def on_train_begin(self, args: Any, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        # Training is often left alone with its output in a file: a line there now and then, too.
        interval = 0.5 if sys.stderr.isatty() else 30
        self.bar = tqdm(
            total=state.max_steps, initial=state.global_step, desc="fine-tuning", unit="step", mininterval=interval
        )

    def on_step_end(self, args: Any, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        self.bar.update(state.global_step - self.bar.n)

    def on_log(self, args: Any, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        loss = (kwargs.get("logs") or {}).get("loss")
        if loss is not None:
            self.bar.set_postfix(loss=loss, epoch=f"{state.epoch:.1f}", refresh=False)

    def on_train_end(self, args: Any, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        self.bar.close()
