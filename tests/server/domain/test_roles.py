"""What metric names say, as plain loops, Lightning, Hugging Face and Keras give them, and as the hook does."""

import pytest

from epochwatch_server.domain.roles import read_metric_name

Row = tuple[str, str | None, str, str]  # name, split, stem, role

PLAIN: list[Row] = [
    ("train/loss", "train", "loss", "loss"),
    ("val/loss_signal", "val", "loss_signal", "component"),
    ("Loss/train", "train", "Loss", "loss"),
    ("Accuracy/test", "test", "Accuracy", "accuracy"),
    ("metrics/val/iou", "val", "metrics/iou", "accuracy"),
    ("loss_val", "val", "loss", "loss"),
    ("acc_train", "train", "acc", "accuracy"),
    ("dev/wer", "val", "wer", "error"),
    ("train/total_loss", "train", "total_loss", "loss"),
    ("train/loss/total", "train", "loss/total", "loss"),
    ("train/loss/signal", "train", "loss/signal", "component"),
    ("train/box_loss", "train", "box_loss", "component"),
    ("val/command_acc", "val", "command_acc", "accuracy"),
    ("val/param_value_mae", "val", "param_value_mae", "error"),
    ("val/map50", "val", "map50", "accuracy"),
    ("val/dice_score", "val", "dice_score", "f1"),
    ("val/pixel_error", "val", "pixel_error", "error"),
    ("perplexity", None, "perplexity", "loss"),
    ("loss_scale", None, "loss_scale", "other"),
]
LIGHTNING: list[Row] = [
    ("train_loss_step", "train", "loss", "loss"),
    ("train_loss_epoch", "train", "loss", "loss"),
    ("val_loss", "val", "loss", "loss"),
    ("val_acc", "val", "acc", "accuracy"),
    ("lr-Adam", None, "lr-Adam", "lr"),
    ("lr-Adam/pg1", None, "lr-Adam/pg1", "lr"),
    ("grad_2.0_norm_total", None, "grad_2.0_norm_total", "grad_norm"),
    ("grad_2.0_norm/encoder.weight", None, "grad_2.0_norm/encoder.weight", "grad_norm"),
    ("epoch", None, "epoch", "other"),
    ("trainer/global_step", None, "trainer/global_step", "other"),
]
HUGGING_FACE: list[Row] = [
    ("eval_loss", "val", "loss", "loss"),
    ("eval/accuracy", "val", "accuracy", "accuracy"),
    ("eval_f1", "val", "f1", "f1"),
    ("eval_runtime", "val", "runtime", "other"),
    ("train_samples_per_second", "train", "samples_per_second", "other"),
    ("learning_rate", None, "learning_rate", "lr"),
    ("train/learning_rate", "train", "learning_rate", "lr"),
    ("train/grad_norm", "train", "grad_norm", "grad_norm"),
    ("grad_norm", None, "grad_norm", "grad_norm"),
]
KERAS: list[Row] = [
    ("loss", None, "loss", "loss"),
    ("val_loss", "val", "loss", "loss"),
    ("sparse_categorical_accuracy", None, "sparse_categorical_accuracy", "accuracy"),
    ("val_sparse_categorical_accuracy", "val", "sparse_categorical_accuracy", "accuracy"),
    ("val_mean_squared_error", "val", "mean_squared_error", "error"),
    ("root_mean_squared_error", None, "root_mean_squared_error", "error"),
    ("class_output_loss", None, "class_output_loss", "component"),
    ("val_class_output_accuracy", "val", "class_output_accuracy", "accuracy"),
    ("auc", None, "auc", "accuracy"),
    ("top_5", None, "top_5", "accuracy"),
]
HOOK: list[Row] = [
    ("val/r2", "val", "r2", "r2"),
    ("val/variance_ratio", "val", "variance_ratio", "variance_ratio"),
    ("val/pred_std", "val", "pred_std", "pred_std"),
    ("val/pred_mean", "val", "pred_mean", "pred_mean"),
    ("val/pred_min", "val", "pred_min", "pred_range"),
    ("val/pred_range", "val", "pred_range", "pred_range"),
    ("val/target_std", "val", "target_std", "target_std"),
    ("val/target_mean", "val", "target_mean", "target_mean"),
    ("val/rmse", "val", "rmse", "error"),
    ("val/balanced_accuracy", "val", "balanced_accuracy", "accuracy"),
    ("val/f1_macro", "val", "f1_macro", "f1"),
    ("val/f1_weighted", "val", "f1_weighted", "f1"),
    ("val/f1/lr", "val", "f1/lr", "f1_class"),
    ("val/f1/first_step", "val", "f1/first_step", "f1_class"),
    ("lr", None, "lr", "lr"),
    ("lr/loss_head", None, "lr/loss_head", "lr"),
    ("grad_norm/lr_head", None, "grad_norm/lr_head", "grad_norm"),
    ("clip_fraction", None, "clip_fraction", "clip_fraction"),
    ("update_ratio", None, "update_ratio", "update_ratio"),
    ("weight/signal", None, "weight/signal", "weight"),
]
LEFT_ALONE: list[Row] = [
    ("mean_val", None, "mean_val", "other"),
    ("global_step", None, "global_step", "other"),
    ("acceleration", None, "acceleration", "other"),
    ("place", None, "place", "other"),
    ("heatmap", None, "heatmap", "other"),
    ("train/", None, "train/", "other"),
    ("train", None, "train", "other"),
    ("__proto__", None, "__proto__", "other"),
    ("<b>loss</b>", None, "<b>loss</b>", "loss"),
    ("step_time", None, "step_time", "other"),
]


@pytest.mark.parametrize(
    ("name", "split", "stem", "role"), PLAIN + LIGHTNING + HUGGING_FACE + KERAS + HOOK + LEFT_ALONE
)
def test_a_name_is_read_as_its_framework_means_it(name: str, split: str | None, stem: str, role: str) -> None:
    found = read_metric_name(name)
    assert (found.name, found.split, found.stem, found.role) == (name, split, stem, role)


@pytest.mark.parametrize(
    ("name", "direction"),
    [
        ("val/loss", "min"),
        ("train/loss_peak", "min"),
        ("val/mae", "min"),
        ("val/accuracy", "max"),
        ("val/f1/cat", "max"),
        ("val/r2", "max"),
        ("val/variance_ratio", "max"),
        ("lr", None),
        ("grad_norm", None),
        ("anything", None),
    ],
)
def test_a_role_tells_which_direction_is_better(name: str, direction: str | None) -> None:
    assert read_metric_name(name).direction == direction


@pytest.mark.parametrize("name", ["a" * 256, "_" * 256, "loss_" * 51, "acc" * 85, "1_" * 128, "r2/" * 85])
def test_no_name_takes_long_to_read(name: str) -> None:
    assert read_metric_name(name).name == name
