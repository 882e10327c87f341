from pages.learn.parts import convolution_tab, glossary_list, labels_and_quiz, limits, mobilenet, transfer
from pages.ui.navigation import tabs

tabs(
    {
        "MobileNet": mobilenet.show,
        "Convolution": convolution_tab.show,
        "Transfer": transfer.show,
        "Data": labels_and_quiz.show,
        "Limits": limits.show,
        "Glossary": glossary_list.show,
    }
)
