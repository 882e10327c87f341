import streamlit as st

st.title("dataset/import_data")
