"""Whether images that belong together are held out together: said where the names of the files plainly say groups."""

import numpy as np
import streamlit as st

from core.datasets import Dataset
from core.datasets.groups import examples
from core.datasets.own_images import OwnImages
from core.errors import UserError
from core.words import counted, listed
from pages.components.frame import session
from pages.components.frame.markdown import say


def draw(dataset: Dataset) -> Dataset:
    """Draws the switch and what it means, where there are groups.

    Args:
        dataset: in use.

    Returns:
        the dataset as it is wanted.
    """
    if not isinstance(dataset, OwnImages):
        return dataset
    try:
        upload = dataset.upload()
    except UserError:
        return dataset
    found = upload.plain_groups()
    if found is None:
        return dataset
    keeps = st.toggle("Hold groups out as a whole", dataset.keep_groups, key=session.key("keep-groups"))
    like = f", like {listed(examples(upload.names), last='or')}" if examples(upload.names) else ""
    st.caption(
        say(
            "The names of the files say {}{}. Pictures of one group are alike: who learns from some of them knows the "
            "others, and checking on those tells too much.",
            counted(len(np.unique(found)), "group"),
            like,
        )
    )
    return dataset.edited(keep_groups=keeps)
